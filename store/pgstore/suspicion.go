package pgstore

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// suspicion is raised by a connection that turned out to be dead: its
// neighbours may be, too. Until as many have been handed out as the pool can
// hold twice over, each is asked before it is used. A repeated commit thus
// meets a live connection, and in ordinary times nobody pays for the question.
type suspicion struct {
	most int32
	left atomic.Int32
}

func (s *suspicion) raise() { s.left.Store(s.most) }

// idleTooLong is for how long a connection that was not used is trusted.
const idleTooLong = time.Second

func (s *suspicion) shouldPing(_ context.Context, p pgxpool.ShouldPingParams) bool {
	return p.IdleDuration > idleTooLong || s.left.Load() > 0 && s.left.Add(-1) >= 0
}
