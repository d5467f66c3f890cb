package mask

import (
	"context"
	"slices"
	"strings"

	"github.com/orgpbx/orgpbx/org"
)

// Numbers knows the numbers of organisations. Package store/storetest checks that a
// backend keeps this promise.
type Numbers interface {
	// OwnNumbers returns those of the numbers that are the organisation's own, in
	// any order: its DIDs, and what is dialled inside of it, which are the extensions
	// of its users and the numbers of its queues, IVRs, conferences and AI agents.
	OwnNumbers(ctx context.Context, organizationID string, among []string) ([]string, error)
}

// Own are those of some numbers that are an organisation's own.
type Own map[string]bool

// OwnOf returns which of the numbers are the organisation's own. Its emergency
// numbers count as such, because they are nobody's. It returns errors of the store.
func OwnOf(ctx context.Context, numbers Numbers, o org.Organization, among ...string) (Own, error) {
	var asked []string
	for _, n := range among {
		if form := formOf(n); form != "" && !slices.Contains(asked, form) {
			asked = append(asked, form)
		}
	}
	own := Own{}
	if len(asked) == 0 {
		return own, nil
	}
	found, err := numbers.OwnNumbers(ctx, o.ID, asked)
	if err != nil {
		return nil, err
	}
	for _, n := range append(found, o.EmergencyNumbers...) {
		own[n] = true
	}
	return own, nil
}

// Has reports whether a number is the organisation's own, in whatever form: a DID
// with its country code, with or without + or 00 before it. A feature code such as
// *97 is as good as one.
func (o Own) Has(number string) bool {
	code, isCode := strings.CutPrefix(number, "*")
	return isCode && len(code) < 4 && allDigits(code) || o[formOf(number)]
}

// Number returns a number as others may see it: an own one as it is, any other one
// as the function [Number] has it.
func (o Own) Number(number string) string {
	if o.Has(number) {
		return number
	}
	return Number(number)
}

// Forms are how a number may be written that is the organisation's own: a DID with
// +, with 00 and with neither.
func Forms(number string) []string {
	digits, isPhone := strings.CutPrefix(formOf(number), "+")
	if !isPhone {
		return []string{number}
	}
	return []string{"+" + digits, "00" + digits, digits}
}

// formOf is how the organisation writes a number: as an extension, or in E.164
// form; "" for what can be neither.
func formOf(number string) string {
	if allDigits(number) && len(number) <= 6 {
		return number
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(number, "+"), "00")
	if form := "+" + digits; org.IsPhone(form) {
		return form
	}
	return ""
}
