package token

import "cmp"

// clientTokens is the schema of the first program that knows the lifetimes, the
// profile and the algorithm of a client. One before it would sign what the client is
// not to have, and refresh for longer than it may.
const clientTokens = 5

// The profiles of access tokens: what a token says, and how.
const (
	ProfilePublished = ""        // as the original's
	ProfileRFC9068   = "RFC9068" // as other servers' (RFC 9068)
)

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
