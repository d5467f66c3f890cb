package parts

import (
	"log/slog"
	"os"
)

// NewLogger returns a logger to standard error; format is text or json.
func NewLogger(format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}
