package gguf

import "fmt"

// Pair is one metadata entry. Value is a uint32, int32, float32, bool or string,
// or a slice of string, float32 or int32.
type Pair struct {
	Key   string
	Value any
}

// The type numbers that the format gives to values.
const (
	typeUint32  uint32 = 4
	typeInt32   uint32 = 5
	typeFloat32 uint32 = 6
	typeBool    uint32 = 7
	typeString  uint32 = 8
	typeArray   uint32 = 9
)

func (e *encoder) pair(p Pair) {
	e.text(p.Key)
	switch v := p.Value.(type) {
	case uint32:
		e.scalar(typeUint32, v)
	case int32:
		e.scalar(typeInt32, v)
	case float32:
		e.scalar(typeFloat32, v)
	case bool:
		e.scalar(typeBool, v)
	case string:
		e.fixed(typeString)
		e.text(v)
	case []float32:
		e.array(typeFloat32, len(v))
		e.fixed(v)
	case []int32:
		e.array(typeInt32, len(v))
		e.fixed(v)
	case []string:
		e.array(typeString, len(v))
		for _, s := range v {
			e.text(s)
		}
	default:
		e.err = fmt.Errorf("encoding key %s: no GGUF type for %T", p.Key, p.Value)
	}
}

func (e *encoder) scalar(typ uint32, v any) {
	e.fixed(typ)
	e.fixed(v)
}

// array announces n elements of a type; the elements follow.
func (e *encoder) array(typ uint32, n int) {
	e.fixed(typeArray)
	e.fixed(typ)
	e.fixed(uint64(n))
}
