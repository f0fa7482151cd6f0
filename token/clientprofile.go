package token

import "cmp"

// clientTokens is the schema of the first program that knows the lifetimes, the
// profile and the algorithm of a client. One before it would sign what the client is
// not to have, and refresh for longer than it may.
const clientTokens = 5

// The profiles of access tokens. They differ in what the payload says, not in what a
// token is good for.
const (
	ProfilePublished = "Published" // as the published documents show it
	ProfileRFC9068   = "RFC9068"   // the JWT profile of RFC 9068
)

// TokenProfile is the profile of the client's access tokens.
func (c *Client) TokenProfile() string { return cmp.Or(c.Profile, ProfilePublished) }

// TokenAlgorithm is the algorithm, by its name in RFC 7518 or 8037, by which the
// client's access tokens are signed.
func (c *Client) TokenAlgorithm() string { return cmp.Or(c.Algorithm, RS256) }

// Forms of the userinfo document.
const (
	UserInfoPublished = "Published" // all values are texts
	UserInfoJSON      = "JSON"      // lists and booleans are such
)

// UserInfoForm is the form in which userinfo answers the client's tokens.
func (c *Client) UserInfoForm() string {
	if c.JSONUserInfo {
		return UserInfoJSON
	}
	return UserInfoPublished
}
