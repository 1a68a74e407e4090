package cache

import (
	"bytes"
	"net/http"
	"strconv"
)

// pieceBytes is about how much of a stream is sent at once.
const pieceBytes = 8 << 10

// Replay answers with an entry: its bytes with its content type. A whole answer is sent at once and says its length. A stream is sent as
// a stream, in pieces of whole events, each flushed. Other headers are the caller's, and set before. An error means that the client is
// gone.
func Replay(w http.ResponseWriter, e *Entry) error {
	h := w.Header()
	if e.ContentType != "" {
		h["Content-Type"] = []string{e.ContentType}
	}
	if !e.Stream {
		h["Content-Length"] = []string{strconv.Itoa(len(e.Body))}
	}
	w.WriteHeader(e.Status)
	if !e.Stream {
		_, err := w.Write(e.Body)
		return err
	}
	return replayStream(w, e)
}

func replayStream(w http.ResponseWriter, e *Entry) error {
	end := endOfEvent(e)
	flush := http.NewResponseController(w).Flush
	for rest := e.Body; len(rest) > 0; {
		n := piece(rest, end)
		if _, err := w.Write(rest[:n]); err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// endOfEvent is what ends each event of a stream.
func endOfEvent(e *Entry) string {
	switch {
	case isLines(e.ContentType):
		return "\n"
	case bytes.Contains(e.Body, []byte("\r\n\r\n")):
		return "\r\n\r\n"
	}
	return "\n\n"
}

// piece is the length of the next piece: as many whole events as pieceBytes hold, or one that is larger, or all.
func piece(rest []byte, end string) int {
	if len(rest) <= pieceBytes {
		return len(rest)
	}
	if n := bytes.LastIndex(rest[:pieceBytes], []byte(end)); n >= 0 {
		return n + len(end)
	}
	if n := bytes.Index(rest[pieceBytes-len(end)+1:], []byte(end)); n >= 0 {
		return pieceBytes + 1 + n
	}
	return len(rest)
}
