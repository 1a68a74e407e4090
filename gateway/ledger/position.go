package ledger

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// position is how far the spool has been shipped: everything before it is in the store.
type position struct {
	segment uint64
	offset  int64
}

// before says whether a record at an offset of a segment comes before the position.
func (p position) before(number uint64, offset int64) bool {
	return number < p.segment || number == p.segment && offset < p.offset
}

const positionFormat = "%020d %020d"

func (p position) String() string { return fmt.Sprintf(positionFormat, p.segment, p.offset) }

// positionFile keeps the position. Where it is lost, events are sent again, and the store leaves out what it has.
type positionFile struct{ file *os.File }

// openPosition returns the file and what it says: the beginning where it is new, torn or damaged.
func openPosition(dir string) (*positionFile, position, error) {
	file, err := os.OpenFile(filepath.Join(dir, "position"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, position{}, fmt.Errorf("opening the position of the spool: %w", err)
	}
	text := make([]byte, 64)
	n, _ := file.ReadAt(text, 0)
	return &positionFile{file: file}, parsePosition(string(text[:n])), nil
}

func parsePosition(text string) position {
	var p position
	var sum uint32
	if _, err := fmt.Sscanf(text, positionFormat+" %08x\n", &p.segment, &p.offset, &sum); err != nil {
		return position{}
	}
	if sum != crc32.Checksum([]byte(p.String()), castagnoli) {
		return position{}
	}
	return p
}

// save writes the position in place, which needs no room on a full disk. A power failure may take it back, or leave nonsense: then events
// are shipped again, which the store leaves out.
func (f *positionFile) save(p position) error {
	text := p.String()
	line := fmt.Sprintf("%s %08x\n", text, crc32.Checksum([]byte(text), castagnoli))
	if _, err := f.file.WriteAt([]byte(line), 0); err != nil {
		return fmt.Errorf("saving the position of the spool: %w", err)
	}
	return nil
}

// sync returns when the disk has what was saved.
func (f *positionFile) sync() error {
	if err := f.file.Sync(); err != nil {
		return fmt.Errorf("saving the position of the spool: %w", err)
	}
	return nil
}
