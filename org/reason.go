package org

import "golang.org/x/text/unicode/norm"

// CheckReason returns in its form why somebody does something: 1 to 200 letters,
// digits, spaces or .,:_'&()/+-. It returns an [*InvalidError] about "reason" when it
// is none.
func CheckReason(reason string) (string, error) {
	reason = norm.NFC.String(reason)
	return reason, Validate(struct {
		Reason string `json:"reason" validate:"required,text"`
	}{reason})
}
