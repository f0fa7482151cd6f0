package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// published is [token.ProfilePublished] as the file and administrators write it.
const published = "Published"

// refreshLife checks one of the lives of a login that is refreshed, and returns it in
// seconds: 0 for the default, also where that is said in words.
func (c *checker) refreshLife(path string, life *time.Duration, usual time.Duration) int64 {
	if life == nil || *life == usual {
		return 0
	}
	c.duration(path, *life, token.MinRefreshLife, token.MaxRefreshLife)
	return int64(*life / time.Second)
}

// profile checks how a client's tokens and its userinfo look. The record has the empty
// text for what is published, as a client has it that an older program has written.
func (c *checker) profile(at string, d *Client, is *token.Client) {
	profile, algorithm := or(d.TokenProfile, published), or(d.TokenAlgorithm, token.RS256)
	if c.oneOf(at+".tokenProfile", profile, published, token.ProfileRFC9068) && profile != published {
		is.Profile = profile
	}
	if c.oneOf(at+".tokenAlgorithm", algorithm, token.Algorithms()...) && algorithm != token.RS256 {
		if profile != token.ProfileRFC9068 {
			c.add(at+".tokenAlgorithm", "%q is only for tokens of the profile RFC9068: the published ones are signed by RS256", algorithm)
		}
		is.Algorithm = algorithm
	}
	form := or(d.UserInfo, token.UserInfoPublished)
	is.JSONUserInfo = c.oneOf(at+".userInfo", form, token.UserInfoPublished, token.UserInfoJSON) && form == token.UserInfoJSON
}
