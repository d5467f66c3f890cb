// Package await gives work that goes on by itself a moment to be done in.
package await

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Within runs work and waits for it, for patience at most. The context of the
// work ends then too, or when ctx does. How it failed goes to the log.
func Within(ctx context.Context, patience time.Duration, log *slog.Logger, doing string, work func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		Guard(ctx, log, doing, work)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Guard runs work beside a request and logs how it failed. A panic there would
// end the process, not just the request.
func Guard(ctx context.Context, log *slog.Logger, doing string, work func(context.Context) error) {
	defer func() {
		if reason := recover(); reason != nil {
			log.ErrorContext(ctx, "panic", "while", doing, "panic", fmt.Sprint(reason))
		}
	}()
	if err := work(ctx); err != nil {
		log.WarnContext(ctx, "after a request", "doing", doing, "error", err)
	}
}
