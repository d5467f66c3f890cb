package ami

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// run keeps a session until ctx ends.
func (c *Conn) run(ctx context.Context) {
	retry := &backoff.ExponentialBackOff{
		InitialInterval:     c.cfg.RetryMin,
		MaxInterval:         c.cfg.RetryMax,
		RandomizationFactor: 0.5,
		Multiplier:          2,
	}
	retry.Reset()
	for {
		up, err := c.serve(ctx)
		if ctx.Err() != nil {
			c.setState(nil, ErrClosed)
			return
		}
		// A session that ends right after its login must not reset the wait.
		if up > c.cfg.RetryMax {
			retry.Reset()
		}
		wait := c.waitAfter(err, retry)
		c.cfg.Logger.Warn("ami: not connected", "addr", c.cfg.Addr, "error", err, "retry_in", wait)
		c.setState(nil, err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

func (c *Conn) waitAfter(err error, retry backoff.BackOff) time.Duration {
	var refused *AuthError
	if errors.As(err, &refused) {
		return c.cfg.AuthRetry
	}
	return retry.NextBackOff()
}

// serve opens one session and returns when it has ended: how long it was ready
// and why it is not any more.
func (c *Conn) serve(ctx context.Context) (up time.Duration, err error) {
	s, err := open(ctx, c.cfg, c.events)
	if err != nil {
		return 0, err
	}
	defer s.running.Wait()

	select {
	case <-s.booted:
	default:
		c.cfg.Logger.Info("ami: logged in, waiting for Asterisk to finish starting", "addr", c.cfg.Addr)
		c.setState(nil, ErrNotBooted)
	}
	select {
	case <-s.booted:
	case <-s.done:
		return 0, s.cause
	}

	c.cfg.Logger.Info("ami: connected", "addr", c.cfg.Addr)
	since := time.Now()
	c.setState(s, nil)
	if c.cfg.OnReady != nil {
		c.cfg.OnReady()
	}
	<-s.done
	return time.Since(since), s.cause
}
