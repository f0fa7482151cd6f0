package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport-auth/sallyport/store/sealed"
)

// readKeys reads a key file as [readSecret] reads a file.
func readKeys(path string) (sealed.Keys, error) {
	if err := removeLeftover(path); err != nil {
		return sealed.Keys{}, err
	}
	raw, err := readSecret(path)
	if err != nil {
		return sealed.Keys{}, err
	}
	k, err := sealed.ParseKeys(raw)
	if err != nil {
		return sealed.Keys{}, fmt.Errorf("%s: %w: name the file that was made with this store", path, err)
	}
	return k, nil
}

// removeLeftover takes away the second name that a key file keeps for good if
// the process that made it ([sealed.CreateKeys]) was killed in the moment
// between giving it its own name and taking its first one away. Without this,
// nothing would start after such a kill.
func removeLeftover(path string) error {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || linkCount(info) == 1 {
		return nil // what is wrong is told by who reads it
	}
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%s has more than one name (hard links), and its folder cannot be searched for them: %w", path, err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), filepath.Base(path)+".new-") {
			continue
		}
		other := filepath.Join(dir, e.Name())
		if same, err := os.Lstat(other); err == nil && os.SameFile(info, same) {
			if err := os.Remove(other); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("removing what a killed process left: %w", err)
			}
		}
	}
	return nil
}
