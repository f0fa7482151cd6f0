package httpstatus_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/httpstatus"
)

func TestOf(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want httpstatus.Refusal
	}{
		{"the caller's fault", &sallyport.ProtocolError{Code: "invalid_request", Field: "scope"}, httpstatus.Refusal{400, "invalid_request", "scope"}},
		{"a client that is not known", &sallyport.ProtocolError{Code: "invalid_client"}, httpstatus.Refusal{400, "invalid_client", ""}},
		{"passwords that the host keeps", fmt.Errorf("wrapped: %w", sallyport.ErrHostAccounts), httpstatus.Refusal{404, "not_found", ""}},
		{"a token", sallyport.ErrInvalidToken, httpstatus.Refusal{401, "invalid_token", ""}},
		{"a token that has expired", sallyport.ErrExpiredToken, httpstatus.Refusal{401, "invalid_token", ""}},
		{"a token of a machine", sallyport.ErrMachineToken, httpstatus.Refusal{403, "insufficient_scope", ""}},
		{"a token of other scopes", sallyport.ErrInsufficientScope, httpstatus.Refusal{403, "insufficient_scope", ""}},
		{"a request", sallyport.ErrUnknownRequest, httpstatus.Refusal{404, "not_found", ""}},
		{"too much to do", sallyport.ErrBusy, httpstatus.Refusal{503, "temporarily_unavailable", ""}},
		{"closed", sallyport.ErrClosed, httpstatus.Refusal{503, "temporarily_unavailable", ""}},
		{"a caller who has gone", context.Canceled, httpstatus.Refusal{503, "temporarily_unavailable", ""}},
		{"a deadline", context.DeadlineExceeded, httpstatus.Refusal{503, "temporarily_unavailable", ""}},
		{"anything else", errors.New("the disk is full"), httpstatus.Refusal{500, "server_error", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, err := range []error{tt.err, fmt.Errorf("doing something: %w", tt.err)} {
				if got := httpstatus.Of(err); got != tt.want {
					t.Errorf("%v: got %+v, want %+v", err, got, tt.want)
				}
			}
		})
	}
}
