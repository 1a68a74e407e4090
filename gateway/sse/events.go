package sse

import (
	"errors"
	"io"
	"iter"
)

// MaxEvent is the longest event that Events reads, in bytes: generous, because providers exist that send an image or the
// arguments of a call in one.
const MaxEvent = 64 << 20

var errTooLong = errors.New("an event of the stream is longer than the gateway reads")

const (
	// readSize is how much is read at once: a few tokens as they come one by one. The buffer is most of what a short stream costs.
	readSize = 4 << 10
	// readMore is how much is read at once of a stream that fills that.
	readMore = 16 << 10
)

// Events reads the data of the events of src, as soon as each is complete, until src ends. The data is valid until the next
// iteration. The last pair holds the error of src, if it is not io.EOF.
func Events(src io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s, buf, going := NewScanner(MaxEvent), make([]byte, readSize), true
		emit := func(data []byte) {
			if going && s.LeftOut() == 0 {
				going = yield(data, nil)
			}
		}
		for going {
			n, err := src.Read(buf)
			s.Feed(buf[:n], emit)
			if n == readSize {
				buf = make([]byte, readMore)
			}
			if err == io.EOF {
				s.End(emit)
				err = nil
				if s.LeftOut() == 0 {
					return
				}
			}
			if s.LeftOut() > 0 {
				err = errTooLong
			}
			if err != nil {
				if going {
					yield(nil, err)
				}
				return
			}
		}
	}
}
