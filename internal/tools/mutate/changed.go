package main

import (
	"fmt"
	"os/exec"
	"path"
	"strings"
)

// recentCommits is how far changed looks back where no tag says what is new.
const recentCommits = "20"

// changed are the Go files of the module in top that differ from the commit
// base. For "auto" that is the latest tag before HEAD, or, if there is none or
// nothing has changed since, the twentieth commit before HEAD or the oldest
// there is.
func changed(top, base string) (map[string]bool, error) {
	if base != "auto" {
		return diff(top, base)
	}
	if tag, err := git(top, "describe", "--tags", "--abbrev=0", "HEAD"); err == nil {
		if files, err := diff(top, strings.TrimSpace(tag)); err != nil || len(files) > 0 {
			return files, err
		}
	}
	commits, err := git(top, "rev-list", "--first-parent", "--max-count="+recentCommits, "HEAD")
	if err != nil {
		return nil, err
	}
	list := strings.Fields(commits)
	oldest := list[len(list)-1]
	if parent, err := git(top, "rev-parse", "--verify", "--quiet", oldest+"^"); err == nil {
		return diff(top, strings.TrimSpace(parent))
	}
	const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904" // what git calls a tree of no files
	return diff(top, emptyTree)
}

func diff(top, base string) (map[string]bool, error) {
	out, err := git(top, "diff", "--name-only", "--relative", "--diff-filter=d", "-z", base, "--", "*.go")
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for name := range strings.SplitSeq(out, "\x00") {
		if name != "" {
			files[path.Clean(name)] = true
		}
	}
	return files, nil
}

func git(top string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = top
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return string(out), nil
}
