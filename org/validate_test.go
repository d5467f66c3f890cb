package org_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
)

func TestOneRuleAtATime(t *testing.T) {
	t.Parallel()
	hostile := []string{"a\nb", "a\rb", "a\x00b", "a]b", "a;b", "${EVAL}", "a=>b", "a\u2028b", "a\"b", "a<b>", "a\\b", "$[1]"}
	for _, tc := range []struct {
		rule      string
		check     func(string) error
		good, bad []string
	}{
		{
			"orgname", func(s string) error {
				return org.Validate(struct {
					V string `validate:"orgname"`
				}{s})
			},
			[]string{"abc", "Grand-Estancia-Salem", "Delta One", "Hôtel 2", "a_b", strings.Repeat("a", 50)},
			[]string{"", "ab", " abc", "abc-", "-abc", "a/b", strings.Repeat("a", 51)},
		},
		{
			"label", func(s string) error {
				return org.Validate(struct {
					V string `validate:"label"`
				}{s})
			},
			[]string{"a", "Front Desk", "O'Neil & Co.", "São Paulo"},
			[]string{"", " a", "a ", "-a", "a,b", "a(b)", strings.Repeat("a", 51)},
		},
		{
			"phone", func(s string) error {
				return org.Validate(struct {
					V string `validate:"phone"`
				}{s})
			},
			[]string{"+919944421125", "+4930123"},
			[]string{"", "919944421125", "+0123456789", "+12345", "+1234567890123456", "+49 30 1", "+49301234a"},
		},
		{
			"extension", func(s string) error {
				return org.Validate(struct {
					V string `validate:"extension"`
				}{s})
			},
			[]string{"10", "1001", "123456"},
			[]string{"", "1", "1234567", "10a", "*97", "١٢٣"},
		},
		{
			"sipuser", func(s string) error {
				return org.Validate(struct {
					V string `validate:"sipuser"`
				}{s})
			},
			[]string{"alice", "+4930123", "a.b@c.example"},
			[]string{"", ".a", "a b", "a:b", "a/b", strings.Repeat("a", 81)},
		},
		{
			"printable", func(s string) error {
				return org.Validate(struct {
					V string `validate:"printable"`
				}{s})
			},
			[]string{"", `p;a"s$s`, strings.Repeat("~", 128)},
			[]string{"a b", "é", "a\tb", strings.Repeat("a", 129)},
		},
		{
			"host", func(s string) error {
				return org.Validate(struct {
					V string `validate:"host"`
				}{s})
			},
			[]string{"sip.example.com", "10.0.0.1", "2001:db8::1", "localhost", "a-b.example"},
			[]string{"", "1.2.3", "256.1.1.1", "-a.example", "a..b", "a_b", "a b", "fe80::1%eth0", "host:5060", "1.2.3.4/8", strings.Repeat("a.", 127) + "aa"},
		},
		{
			"pin", func(s string) error {
				return org.Validate(struct {
					V string `validate:"pin"`
				}{s})
			},
			[]string{"1234", "0000000000"},
			[]string{"", "123", "12345678901", "12a4", "*123", "١٢٣٤"},
		},
		{
			"class", func(s string) error {
				return org.Validate(struct {
					V string `validate:"class"`
				}{s})
			},
			[]string{"default", "hold_2"},
			[]string{"", "a.b", "a/b", strings.Repeat("a", 41)},
		},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			t.Parallel()
			for _, s := range tc.good {
				require.NoError(t, tc.check(s), "%q", s)
			}
			bad := tc.bad
			if tc.rule != "printable" { // passwords may hold anything printable: the writer escapes it
				bad = append(bad, hostile...)
			}
			for _, s := range bad {
				err := tc.check(s)
				var invalid *org.InvalidError
				require.ErrorAs(t, err, &invalid)
				require.Equal(t, tc.rule, invalid.Fields[0].Rule)
			}
		})
	}
}

func TestAnInvalidErrorNamesEveryFieldAndNoValue(t *testing.T) {
	t.Parallel()
	days := 0
	err := org.Validate(org.Profile{
		Name:    "x\ncanary",
		Status:  "canary",
		Contact: org.Contact{Email: "canary", Phone: "canary"},
		Compliance: org.Compliance{
			RecordingConsent: "canary", RetentionCDRDays: &days,
		},
	})
	var invalid *org.InvalidError
	require.ErrorAs(t, err, &invalid)
	var fields []string
	for _, f := range invalid.Fields {
		fields = append(fields, f.Field)
		require.NotEmpty(t, f.Message)
	}
	require.ElementsMatch(t, []string{
		"name", "status", "contact_info.email", "contact_info.phone",
		"compliance.recording_consent", "compliance.retention_cdr_days",
	}, fields)
	require.NotContains(t, err.Error(), "canary")
}
