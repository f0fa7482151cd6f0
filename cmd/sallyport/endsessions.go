package main

import (
	"context"
	"errors"

	"github.com/sallyport-auth/sallyport"
)

// endAllCommand ends all sessions there are. What it ends it names by a flag, since a command
// that is typed by mistake logs everybody out.
func endAllCommand(ctx context.Context, args []string, t terminal) error {
	line := adminLine{declare: func(f *flags) task {
		all := f.Bool("all", false, "end all sessions: those of every account, through every client; required")
		return task{
			arguments: func(terminal) (any, error) {
				if !*all {
					return nil, errors.New(`-all is required: everybody logs in again; "sallyport client end-sessions" ends those of one client, and "sallyport user end-sessions" those of one account`)
				}
				return nothing{}, nil
			},
			print: printing(printDone),
		}
	}}
	return line.run(ctx, "end-sessions", args, t)
}

func endAllSessions(ctx context.Context, a *sallyport.Admin, _ nothing, emit emitter) error {
	if err := a.EndAllSessions(ctx); err != nil {
		return err
	}
	return emit(doneLine{Action: "all sessions ended"})
}

func endClientSessions(ctx context.Context, a *sallyport.Admin, args oneClient, emit emitter) error {
	return onClient(ctx, a, edit{args.Client, "sessions ended"}, emit, func(id string) error { return a.EndClientSessions(ctx, id) })
}
