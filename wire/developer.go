package wire

import "encoding/json"

// The VGDeveloper scope adds three claims whose values are JSON text: lists of
// the types below, made with [Encode] and read with [Decode]. Unlike all other
// documents they print null for what is absent.

// DevApp is an element of the vgDevApps claim: an application by GUID and name.
type DevApp struct {
	ApplicationID   string `json:"ApplicationId"`
	ApplicationName string `json:"ApplicationName"`
}

// DevRole is an element of the vgDevRoles claim. The meaning of the fields is
// what their names say; nothing more is published.
type DevRole struct {
	ID                   string                `json:"Id"`
	Name                 string                `json:"Name"`
	IsMembershipRole     bool                  `json:"IsMembershipRole"`
	IsAdministrationRole bool                  `json:"IsAdministrationRole"`
	IsActive             bool                  `json:"IsActive"`
	IsContextual         bool                  `json:"IsContextual"`
	IsSharedRole         bool                  `json:"IsSharedRole"`
	ProfileValues        List[DevProfileValue] `json:"ProfileValues"`
	// Description is null when nil, as in the published example.
	Description         *string `json:"Description"`
	CanBeGrantedToUser  bool    `json:"CanBeGrantedToUser"`
	CanBeGrantedToGroup bool    `json:"CanBeGrantedToGroup"`
	IsDefault           bool    `json:"IsDefault"`
	IsAnonymous         bool    `json:"IsAnonymous"`
	// ApplicationID is the zero GUID in the published example.
	ApplicationID string `json:"ApplicationId"`
}

// DevProfileValue is an attribute of a [DevRole].
type DevProfileValue struct {
	Name  string `json:"Name"`
	ID    string `json:"Id"`
	Value string `json:"Value"`
	// ValueImage is only known as null, which is nil.
	ValueImage         *string `json:"ValueImage"`
	ProfileAttributeID string  `json:"ProfileAttributeId"`
	// LastModification is a time without a zone and without trailing zeros in
	// the fraction, in Go's layout "2006-01-02T15:04:05.9999999".
	LastModification string `json:"LastModification"`
}

// DevPermission is an element of the vgDevPermissions claim.
type DevPermission struct {
	ID       string `json:"Id"`
	FolderID string `json:"FolderId"`
	Name     string `json:"Name"`
	// FullName is the path with the folders, such as "/Sales/CanRead".
	FullName    string `json:"FullName"`
	Description string `json:"Description"`
	// Attributes is only known as the empty array. What else is read is kept as
	// it stands.
	Attributes List[json.RawMessage] `json:"Attributes"`
}
