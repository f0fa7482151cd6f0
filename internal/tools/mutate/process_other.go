//go:build !unix

package main

import (
	"context"
	"os/exec"
)

// command is a program that the end of ctx ends.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, program, args...)
}

// endGroup has no groups to end here.
func endGroup(*exec.Cmd) {}
