package ledger

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	segmentSuffix = ".seg"
	badSuffix     = ".bad"
	// maxSegment is the size of a segment; a small spool has smaller ones, so that a part of it can be given back.
	maxSegment = 16 << 20
	minSegment = 64 << 10
)

// segment is a file of records. Segments are written one after another, and removed in the same order.
type segment struct {
	number uint64
	path   string
	// size counts whole records only.
	size int64
}

func segmentPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", number, segmentSuffix))
}

// listSegments returns the segments of a directory, the oldest first, and the highest number that any file bears, quarantined ones
// included.
func listSegments(dir string) ([]*segment, uint64, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, 0, fmt.Errorf("listing the spool: %w", err)
	}
	var found []*segment
	highest := uint64(0)
	for _, f := range files {
		digits, _, _ := strings.Cut(f.Name(), ".")
		number, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			continue
		}
		highest = max(highest, number)
		if f.Name() == filepath.Base(segmentPath(dir, number)) {
			found = append(found, &segment{number: number, path: filepath.Join(dir, f.Name())})
		}
	}
	slices.SortFunc(found, func(a, b *segment) int { return cmp.Compare(a.number, b.number) })
	return found, highest, nil
}

// walk calls visit for each whole record in a segment's data. It returns where the last one ends, and whether records follow
// something that is none, or too much of it to be one that was cut off: then the segment is damaged, not torn.
func walk(data []byte, visit func(offset int, content []byte)) (end int, damaged bool) {
	for offset := 0; offset < len(data); {
		if content := contentAt(data[offset:]); content != nil {
			visit(offset, content)
			offset += headerLength + len(content)
			end = offset
			continue
		}
		skip := nextRecord(data[offset:])
		if skip < 0 {
			return end, damaged || len(data)-offset > headerLength+maxContent
		}
		damaged = true
		offset += skip
	}
	return end, damaged
}
