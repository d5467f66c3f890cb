package bunstore

import (
	"net/url"
	"path/filepath"
)

// SQLiteDSN returns the data source name to open a SQLite file with, for the
// driver modernc.org/sqlite. The file is made when there is none; its folder
// must be on a local disk. The settings matter: writers wait for each other up
// to 10 seconds instead of failing, readers do not wait for writers, and rows
// of a deleted organisation go with it.
func SQLiteDSN(path string) string {
	settings := url.Values{
		"_pragma": {
			"busy_timeout(10000)", // first: the others may have to wait already
			"journal_mode(WAL)",
			"foreign_keys(1)",
		},
		// A transaction that reads and then writes cannot wait for another that
		// does the same, so writers lock at their start.
		"_txlock": {"immediate"},
	}
	file := url.URL{Path: filepath.ToSlash(path)}
	return "file:" + file.EscapedPath() + "?" + settings.Encode()
}
