package sealed

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/sallyport-auth/sallyport/internal/pathname"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Errors about key files, to be recognised by errors.Is.
var (
	// ErrKeyFileMode means that a key file can be read by others than its
	// owner. chmod 600 it, and think about who may have read it.
	ErrKeyFileMode = errors.New("sealed: the key file is open to group or world")

	// ErrKeyFile means that a file is not a key file, or a damaged one.
	ErrKeyFile = errors.New("sealed: not a key file")
)

const (
	fileVersion = 1
	maxFile     = 64 << 10
)

// keyFile is the file, in JSON. The first key seals.
type keyFile struct {
	Version int           `json:"version"`
	Epoch   uint64        `json:"epoch"`
	Keys    []keyFileItem `json:"keys"`
}

type keyFileItem struct {
	ID  string `json:"id"`  // 16 lower-case hexadecimal digits
	Key string `json:"key"` // 32 bytes in standard base64
}

// LoadKeys reads a ring from a file that [CreateKeys] made. Errors:
// [ErrKeyFileMode], [ErrKeyFile], or the operating system's, such as
// io/fs.ErrNotExist.
func LoadKeys(path string) (Keys, error) {
	raw, err := readPrivate(path)
	if err != nil {
		return Keys{}, fmt.Errorf("loading keys: %w", err)
	}
	k, err := ParseKeys(raw)
	if err != nil {
		return Keys{}, fmt.Errorf("loading keys from %s: %w", path, err)
	}
	return k, nil
}

// readPrivate reads a regular file that only its owner can read. The mode is
// that of the open file, so that nobody exchanges it in between.
func readPrivate(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() { // opening a pipe would wait for a writer
		return nil, fmt.Errorf("%w: %s is no regular file", ErrKeyFile, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" { // which has no such bits
		return nil, fmt.Errorf("%w: %s has mode %#o", ErrKeyFileMode, path, info.Mode().Perm())
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%w: %s is too long", ErrKeyFile, path)
	}
	return raw, err
}

// CreateKeys makes a ring with one random key and writes it to a new file that
// only its owner can read. The file appears whole and on disk, or not at all;
// one that is there already is never replaced (io/fs.ErrExist).
func CreateKeys(path string) (Keys, error) {
	k := NewKeys()
	if err := write(path, k, os.Link); err != nil {
		return Keys{}, fmt.Errorf("creating keys: %w", err)
	}
	return k, nil
}

// ReplaceKeys writes the ring to a file in the place of the one that is there.
// After a crash either the old or the new one is there, whole.
func ReplaceKeys(path string, k Keys) error {
	if k.ring == nil {
		return errors.New("sealed: no keys to write")
	}
	if err := write(path, k, os.Rename); err != nil {
		return fmt.Errorf("replacing keys: %w", err)
	}
	return nil
}

// write makes the file under another name, on disk, before place gives it its
// own.
func write(path string, k Keys, place func(from, to string) error) (err error) {
	defer func() { err = pathname.In(path, err) }()
	temp := path + ".new-" + rnd.Hex(8)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	_, err = f.Write(k.encode())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(temp, path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there, and need not be
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (k Keys) encode() []byte {
	file := keyFile{Version: fileVersion, Epoch: k.ring.epoch}
	for _, one := range k.ring.keys {
		file.Keys = append(file.Keys, keyFileItem{
			ID:  hex.EncodeToString(one.id[:]),
			Key: base64.StdEncoding.EncodeToString(one.secret[:]),
		})
	}
	raw, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return append(raw, '\n')
}

// ParseKeys reads the content of a key file, for hosts that keep it elsewhere
// than in a file (a secret manager). Errors wrap [ErrKeyFile] and hold nothing
// of the content.
func ParseKeys(raw []byte) (Keys, error) {
	var file keyFile
	dec := json.NewDecoder(bytes.NewReader(typed.File(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return Keys{}, fmt.Errorf("%w: not the JSON that is expected", ErrKeyFile)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Keys{}, fmt.Errorf("%w: something follows the JSON", ErrKeyFile)
	}
	if file.Version != fileVersion {
		return Keys{}, fmt.Errorf("%w: version %d", ErrKeyFile, file.Version)
	}
	if len(file.Keys) < 1 || len(file.Keys) > maxKeys {
		return Keys{}, fmt.Errorf("%w: %d keys", ErrKeyFile, len(file.Keys))
	}
	k := Keys{&ring{epoch: file.Epoch}}
	for i, item := range file.Keys {
		one, err := item.decode()
		if err != nil {
			return Keys{}, fmt.Errorf("%w: key %d: %w", ErrKeyFile, i+1, err)
		}
		if k.find(one.id) != nil {
			return Keys{}, fmt.Errorf("%w: key %d: its id is there twice", ErrKeyFile, i+1)
		}
		k.ring.keys = append(k.ring.keys, one)
	}
	return k, nil
}

// decode returns errors that tell nothing of the secret.
func (item keyFileItem) decode() (key, error) {
	id, err := hex.DecodeString(item.ID)
	if err != nil || len(id) != idSize || hex.EncodeToString(id) != item.ID {
		return key{}, fmt.Errorf("the id is not %d lower-case hexadecimal digits", 2*idSize)
	}
	secret, err := base64.StdEncoding.Strict().DecodeString(item.Key)
	if err != nil || len(secret) != keySize {
		return key{}, fmt.Errorf("the key is not %d bytes in base64", keySize)
	}
	if [keySize]byte(secret) == [keySize]byte{} {
		return key{}, errors.New("the key is all zeroes")
	}
	return key{[idSize]byte(id), [keySize]byte(secret)}, nil
}
