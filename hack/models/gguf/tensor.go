package gguf

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/x448/float16"
)

// Encoding is how the elements of a tensor are stored; the numbers are the format's.
type Encoding uint32

// The two encodings that this package writes: 4 and 2 bytes for each element.
const (
	F32 Encoding = 0
	F16 Encoding = 1
)

// Tensor is one named array. Shape lists the dimensions with the fastest
// varying first, as GGUF does; Data is the encoded elements.
type Tensor struct {
	Name     string
	Shape    []uint64
	Encoding Encoding
	Data     []byte
}

// Vector makes a one-dimensional F32 tensor.
func Vector(name string, values []float32) Tensor {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return Tensor{Name: name, Shape: []uint64{uint64(len(values))}, Encoding: F32, Data: data}
}

// Matrix makes an F16 tensor of rows times columns elements, row by row. Fewer
// values than that are repeated until the tensor is full, which makes large
// tensors cheap to produce.
func Matrix(name string, columns, rows int, values []float32) Tensor {
	block := make([]byte, 0, 2*len(values))
	for _, v := range values {
		block = binary.LittleEndian.AppendUint16(block, float16.Fromfloat32(v).Bits())
	}
	data := make([]byte, 2*columns*rows)
	for at := 0; at < len(data) && len(block) > 0; {
		at += copy(data[at:], block)
	}
	return Tensor{Name: name, Shape: []uint64{uint64(columns), uint64(rows)}, Encoding: F16, Data: data}
}

// tensor appends the description of t, whose data starts offset bytes into the
// data section.
func (e *encoder) tensor(t Tensor, offset uint64) {
	if want := t.size(); want != uint64(len(t.Data)) && e.err == nil {
		e.err = fmt.Errorf("encoding tensor %s: %d bytes of data for a shape of %d bytes", t.Name, len(t.Data), want)
	}
	e.text(t.Name)
	e.fixed(uint32(len(t.Shape)))
	e.fixed(t.Shape)
	e.fixed(uint32(t.Encoding))
	e.fixed(offset)
}

// size is the number of bytes that the shape asks for.
func (t Tensor) size() uint64 {
	n := uint64(4)
	if t.Encoding == F16 {
		n = 2
	}
	for _, d := range t.Shape {
		n *= d
	}
	return n
}
