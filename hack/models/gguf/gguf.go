// Package gguf writes model files in GGUF version 3, the format that llama.cpp
// and Ollama load.
//
// A file is a header, a list of typed key/value pairs, a list of tensor
// descriptions, and the tensor data, each tensor starting at a multiple of
// [Alignment]. All numbers are little-endian.
// Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package gguf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Alignment is the number of bytes that the tensor data and each tensor in it
// are aligned to. It is the format's default, so no key has to announce it.
const Alignment = 32

const version = 3

// File is the content of one model file. Pairs and tensors are written in the
// order given, so equal Files give equal bytes.
type File struct {
	Pairs   []Pair
	Tensors []Tensor
}

// Write writes the whole file. It fails on a value of a type that [Pair] does
// not name, on a tensor whose data does not have the length of its shape, and
// on an error of w.
func (f File) Write(w io.Writer) error {
	head, err := f.head()
	if err != nil {
		return err
	}
	if _, err := w.Write(padded(head)); err != nil {
		return fmt.Errorf("writing the header: %w", err)
	}
	for _, t := range f.Tensors {
		if _, err := w.Write(padded(t.Data)); err != nil {
			return fmt.Errorf("writing tensor %s: %w", t.Name, err)
		}
	}
	return nil
}

// head encodes everything in front of the tensor data, without padding.
func (f File) head() ([]byte, error) {
	e := &encoder{}
	e.buf.WriteString("GGUF")
	e.fixed(uint32(version))
	e.fixed(uint64(len(f.Tensors)))
	e.fixed(uint64(len(f.Pairs)))
	for _, p := range f.Pairs {
		e.pair(p)
	}
	var offset uint64
	for _, t := range f.Tensors {
		e.tensor(t, offset)
		offset += uint64(len(t.Data)) + padding(len(t.Data))
	}
	return e.buf.Bytes(), e.err
}

// encoder collects the header and remembers the first thing it could not encode.
type encoder struct {
	buf bytes.Buffer
	err error
}

// fixed appends a number, or a slice of numbers, in its fixed-size form.
func (e *encoder) fixed(v any) {
	if err := binary.Write(&e.buf, binary.LittleEndian, v); err != nil && e.err == nil {
		e.err = fmt.Errorf("encoding %T: %w", v, err)
	}
}

// text appends a string with its length in front.
func (e *encoder) text(s string) {
	e.fixed(uint64(len(s)))
	e.buf.WriteString(s)
}

func padded(b []byte) []byte {
	return append(bytes.Clone(b), make([]byte, padding(len(b)))...)
}

// padding is the number of zero bytes that follow n bytes of data.
func padding(n int) uint64 {
	return uint64((Alignment - n%Alignment) % Alignment)
}
