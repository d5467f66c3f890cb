package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

type healthResponse struct {
	Status string `json:"status" enum:"ok" example:"ok"`
}

func (a *API) registerHealth() {
	const tag = "Server"
	register(a, operation{
		id: "healthz", method: http.MethodGet, path: "/healthz", access: anyone,
		tag: tag, summary: "Tell whether the server runs",
	}, func(*call, nothing) (reply[healthResponse], error) {
		return reply[healthResponse]{body: healthResponse{Status: "ok"}}, nil
	})
	register(a, operation{
		id: "readyz", method: http.MethodGet, path: "/readyz", access: anyone,
		tag: tag, summary: "Tell whether the server can do its work", problems: []int{http.StatusServiceUnavailable},
	}, a.readyz)
}

func (a *API) readyz(c *call, _ nothing) (reply[healthResponse], error) {
	ctx, cancel := context.WithTimeout(c.ctx(), 2*time.Second)
	defer cancel()
	if err := a.config.Ready(ctx); err != nil {
		return reply[healthResponse]{}, fmt.Errorf("%w: %w", errNotReady, err)
	}
	return reply[healthResponse]{body: healthResponse{Status: "ok"}}, nil
}
