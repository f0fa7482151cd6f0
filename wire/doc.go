// Package wire holds the JSON documents of the Visual Guard Identity Server
// API, field for field, for both ends of the wire: a server writes them with
// [Encode], a client reads them with [DecodeTokenAnswer] and [Decode].
//
// It is a vocabulary and nothing more. Beside the standard library it imports
// only the writer of JSON that this module shares. It knows neither accounts
// nor stores nor HTTP, and changes only when the published documents do. Go fields have Go names; Visual Guard's spelling
// stands in the tags alone.
//
// # The documents
//
// The token endpoint answers with a [TokenSuccess] or a [TokenError]. Both
// carry a [Response], which tells the outcome three times: as an integer, as
// some two dozen booleans and as a string. All three come from one number, see
// [NewState], [NewAuthorization], [StatusString] and [AuthorizationString].
// Refresh and machine grants answer with a [RefreshSuccess]; plain OAuth
// refusals are an [OAuthError]. The user-info endpoint answers with a
// [UserInfo], GetIdentity with a [Principal], and the enrolment routes with an
// [EnrollmentResult].
//
// # Writing
//
// Keys stand in the published order, which some clients rely on. What is
// absent is an absent key, never null, while empty strings and empty arrays
// stay. The documents inside the vgDev claims ([DevApp], [DevRole],
// [DevPermission]) are the exception: they print their nulls, as published.
//
// # Reading
//
// Reading is strict about what could be read in two ways and lenient about
// what a newer server may add. A wrong type, a key that stands twice in one
// object, bad UTF-8 and nesting beyond any document of this API are refused.
// Keys compare exactly, which encoding/json on its own does not do. Unknown
// keys are skipped and unknown status bits are kept.
package wire
