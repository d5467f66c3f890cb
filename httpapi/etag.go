package httpapi

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// setETag names a version of an object; 0 is none.
func setETag(h http.Header, version int64) {
	if version > 0 {
		h.Set("ETag", `"`+strconv.FormatInt(version, 10)+`"`)
	}
}

var entityTag = regexp.MustCompile(`^(W/)?"([\x21\x23-\x7e]*)"$`)

// never is a version that no object has.
const never = -1

// ifMatch returns the version that If-Match asks for: 0 for any. A tag that is
// none of ours, and a weak one, which If-Match may not match, ask for a version
// that no object has. It returns errMalformedIfMatch for anything but one tag.
func (c *call) ifMatch() (int64, error) {
	given := c.r.Header.Values("If-Match")
	if len(given) == 0 {
		return 0, nil
	}
	tag := strings.TrimSpace(given[0])
	if len(given) == 1 && tag == "*" {
		return 0, nil
	}
	parts := entityTag.FindStringSubmatch(tag)
	if len(given) > 1 || parts == nil {
		return 0, errMalformedIfMatch
	}
	version, err := strconv.ParseInt(parts[2], 10, 64)
	if err == nil && version > 0 && parts[1] == "" && parts[2] == strconv.FormatInt(version, 10) {
		return version, nil
	}
	return never, nil
}
