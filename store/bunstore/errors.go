package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/orgpbx/orgpbx/org"
)

// unique are the columns that must not hold a value twice, and the names of
// their fields in the API. The index of each is named table_column.
var unique = []struct{ table, column, field string }{
	{"orgpbx_organizations", "id", "id"},
	{"orgpbx_organizations", "name_key", "name"},
	{"orgpbx_organizations", "api_key", "api_key"},
	{"orgpbx_organizations", "context_prefix", "context_prefix"},
	{"orgpbx_users", "id", "id"},
	{"orgpbx_users", "extension", "extension"},
	{"orgpbx_users", "username", "username"},
	{"orgpbx_users", "sip_username", "sip_username"},
	{"orgpbx_trunks", "id", "id"},
	{"orgpbx_trunks", "name_key", "name"},
	{"orgpbx_dids", "id", "id"},
	{"orgpbx_dids", "number", "number"},
	{"orgpbx_queues", "id", "id"},
	{"orgpbx_queues", "name_key", "name"},
	{"orgpbx_queues", "number", "number"},
	{"orgpbx_outbound_routes", "id", "id"},
	{"orgpbx_outbound_routes", "name_key", "name"},
	{"orgpbx_ivrs", "id", "id"},
	{"orgpbx_ivrs", "name_key", "name"},
	{"orgpbx_ivrs", "number", "number"},
	{"orgpbx_conferences", "id", "id"},
	{"orgpbx_conferences", "name_key", "name"},
	{"orgpbx_conferences", "number", "number"},
	{"orgpbx_ai_agents", "id", "id"},
	{"orgpbx_ai_agents", "name_key", "name"},
	{"orgpbx_ai_agents", "number", "number"},
	{"orgpbx_deployments", "id", "id"},
	{"orgpbx_members", "id", "id"},
	{"orgpbx_members", "email_key", "email"},
	{"orgpbx_webhooks", "id", "id"},
	{"orgpbx_legal_holds", "id", "id"},
	{"orgpbx_subject_requests", "id", "id"},
	{"orgpbx_api_keys", "id", "id"},
	{"orgpbx_api_keys", "name_key", "name"},
	{"orgpbx_api_keys", "api_key", "api_key"},
}

// failed turns an error of the database into one of the ports. doing says
// what failed, for the log.
func failed(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return org.ErrNotFound
	case ctx.Err() != nil:
		// Drivers say this in many ways: interrupted, cancelled, done, closed.
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	case isViolation(err, "23505", 2067, 1555):
		for _, u := range unique {
			if names(err.Error(), u.table, u.column) {
				return &org.DuplicateError{Field: u.field}
			}
		}
	case isUnavailable(err):
		return fmt.Errorf("%s: %w: %w", doing, org.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// isViolation reports whether err is one of these errors: the SQLSTATE of
// Postgres, the extended result codes of SQLite. Drivers are not imported
// here; all of them give these numbers out.
func isViolation(err error, state string, codes ...int) bool {
	var postgres interface{ SQLState() string }
	if errors.As(err, &postgres) {
		return postgres.SQLState() == state
	}
	var sqlite interface{ Code() int }
	if !errors.As(err, &sqlite) {
		return false
	}
	for _, code := range codes {
		if sqlite.Code() == code {
			return true
		}
	}
	return false
}

// unavailable are the classes of SQLSTATE that pass by themselves: the connection
// broke, the transaction lost against others, no room or memory is left, somebody
// stopped the database or lets nobody into it.
var unavailable = []string{"08", "40", "53", "57", "55"}

// isUnavailable reports whether the database could not be asked, or had no room or
// time: what it was asked may work later.
func isUnavailable(err error) bool {
	var postgres interface{ SQLState() string }
	if errors.As(err, &postgres) {
		state := postgres.SQLState()
		return slices.ContainsFunc(unavailable, func(class string) bool { return strings.HasPrefix(state, class) })
	}
	var sqlite interface{ Code() int }
	if errors.As(err, &sqlite) {
		// Busy, locked, an error of the disk, full, cannot be opened. The high
		// bits say which of these.
		return slices.Contains([]int{5, 6, 10, 13, 14}, sqlite.Code()&0xff)
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// isBusy reports whether SQLite had no time for us.
func isBusy(err error) bool { return isViolation(err, "", 5) }

// isMissingReference reports whether a row names another one, such as its
// organisation, that does not exist.
func isMissingReference(err error) bool { return isViolation(err, "23503", 787) }

// names reports whether the message of a unique violation is about the column.
// Postgres names the index in quotes, SQLite the columns with their table, ours
// last. Neither shows a value.
func names(message, table, column string) bool {
	index := table + "_" + column
	if column == "id" {
		index = table + "_pkey"
	}
	return strings.Contains(message, `"`+index+`"`) || strings.Contains(message+" ", table+"."+column+" ")
}

// storableOf returns those of the texts that can be in the database.
func storableOf(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return !storable(t) })
}

// storable reports whether a text can be in the database at all. Postgres
// keeps neither a zero byte nor broken UTF-8, and refuses to look for them.
func storable(texts ...string) bool {
	for _, t := range texts {
		if strings.ContainsRune(t, 0) || !utf8.ValidString(t) {
			return false
		}
	}
	return true
}
