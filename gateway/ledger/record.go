package ledger

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A record is a mark, the length of its content, the checksum (CRC-32C) of length and content, and the content. The mark lets a reader
// find the next record after damage.
const (
	headerLength = 10
	// maxContent bounds what a reader takes for a length. The longest event that can be encoded is shorter.
	maxContent = 1 << 16
)

func mark() [2]byte { return [2]byte{0xFA, 0x1D} }

// castagnoli is CRC-32C, for which processors have an instruction.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord appends a record about an event.
func appendRecord(b []byte, k kind, e *Event) []byte {
	start := len(b)
	m := mark()
	b = append(b, m[0], m[1], 0, 0, 0, 0, 0, 0, 0, 0)
	b = appendContent(b, k, e)
	record := b[start:]
	binary.LittleEndian.PutUint32(record[2:], uint32(len(record)-headerLength))
	binary.LittleEndian.PutUint32(record[6:], checksum(record[2:6], record[headerLength:]))
	return b
}

func checksum(length, content []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, content)
}

// contentAt is the content of the record at the start of data. It is nil where there is no whole and undamaged record.
func contentAt(data []byte) []byte {
	m := mark()
	if len(data) < headerLength || data[0] != m[0] || data[1] != m[1] {
		return nil
	}
	length := int64(binary.LittleEndian.Uint32(data[2:]))
	if length > maxContent || headerLength+length > int64(len(data)) {
		return nil
	}
	content := data[headerLength : headerLength+length]
	if binary.LittleEndian.Uint32(data[6:]) != checksum(data[2:6], content) {
		return nil
	}
	return content
}

// nextRecord is the offset of the first whole record in data, -1 where there is none.
func nextRecord(data []byte) int {
	m := mark()
	for from := 0; ; {
		i := bytes.Index(data[from:], m[:])
		if i < 0 {
			return -1
		}
		if from += i; contentAt(data[from:]) != nil {
			return from
		}
		from++
	}
}
