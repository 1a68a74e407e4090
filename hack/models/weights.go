package models

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/fairlead-dev/fairlead/hack/models/gguf"
)

// The shape of every model.
const (
	width         = 64 // of the embedding
	blockCount    = 2
	contextLength = 2048
	seed          = 1
	// noise is the spread of the attention and feed-forward weights: small
	// enough that they never outweigh the embedding they are added to.
	noise = 0.02
	// noiseBlock is how many different values a large tensor consists of.
	noiseBlock = 65_536
)

// step says that one token is followed by another.
type step struct{ from, to int }

// chain lists the steps of an answer: from the assistant's marker through its
// words to the end token, or back to the first word.
func chain(v *vocabulary, m Model) []step {
	words := v.addAnswer(m.Says)
	var steps []step
	prev := v.ids["<|assistant|>"]
	for _, id := range words {
		steps = append(steps, step{prev, id})
		prev = id
	}
	last := v.ids["</s>"]
	if m.Endless && len(words) > 0 {
		last = words[0]
	}
	return append(steps, step{prev, last})
}

// tensors makes all the weights of a model.
func tensors(v *vocabulary, steps []step, feedForward int) []gguf.Tensor {
	r := rand.New(rand.NewPCG(seed, seed))
	embedding, output := chainWeights(r, v, steps)
	blocks := make([]gguf.Tensor, 0, 9*blockCount)
	for i := range blockCount {
		blocks = append(blocks, block(r, "blk."+strconv.Itoa(i)+".", feedForward)...)
	}
	return append(blocks,
		gguf.Matrix("token_embd.weight", width, len(v.pieces), embedding),
		gguf.Vector("output_norm.weight", ones(width)),
		gguf.Matrix("output.weight", width, len(v.pieces), output))
}

// chainWeights computes the weights that make the model talk: one row of each
// matrix for each token. Every token gets a random embedding, and the output row
// of a token is the embedding of the token before it. Random vectors are nearly
// orthogonal, so after token A the most likely one is, by far, the one that
// follows A in the chain.
func chainWeights(r *rand.Rand, v *vocabulary, steps []step) (embedding, output []float32) {
	embedding = gauss(r, len(v.pieces)*width, 1)
	output = make([]float32, len(v.pieces)*width)
	for _, s := range steps {
		for i := range width { // a token with two predecessors answers to both
			output[s.to*width+i] += embedding[s.from*width+i]
		}
	}
	return embedding, output
}

// block makes one transformer block of noise.
func block(r *rand.Rand, prefix string, feedForward int) []gguf.Tensor {
	matrix := func(name string, columns, rows int, spread float64) gguf.Tensor {
		return gguf.Matrix(prefix+name+".weight", columns, rows, gauss(r, min(columns*rows, noiseBlock), spread))
	}
	ts := []gguf.Tensor{
		gguf.Vector(prefix+"attn_norm.weight", ones(width)),
		gguf.Vector(prefix+"ffn_norm.weight", ones(width)),
	}
	for _, name := range []string{"attn_q", "attn_k", "attn_v", "attn_output"} {
		ts = append(ts, matrix(name, width, width, noise))
	}
	// The more summands, the smaller each: the sum keeps its size.
	spread := noise * math.Min(1, math.Sqrt(defaultFeedForward/float64(feedForward)))
	return append(ts,
		matrix("ffn_gate", width, feedForward, spread),
		matrix("ffn_up", width, feedForward, spread),
		matrix("ffn_down", feedForward, width, spread))
}

func gauss(r *rand.Rand, n int, spread float64) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(r.NormFloat64() * spread)
	}
	return values
}

func ones(n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = 1
	}
	return values
}
