package models

import (
	"strings"

	"github.com/fairlead-dev/fairlead/hack/models/gguf"
)

const (
	heads              = 4
	defaultFeedForward = 128
	// poolingMean makes a model an embedding model; the number is llama.cpp's.
	poolingMean uint32 = 1
	// fileTypeF16 announces mostly 16-bit weights; the number is llama.cpp's.
	fileTypeF16 uint32 = 1
)

// GGUF makes the model file.
func (m Model) GGUF() gguf.File {
	feedForward := m.FeedForward
	if feedForward == 0 {
		feedForward = defaultFeedForward
	}
	v := newVocabulary()
	steps := chain(v, m)
	pairs := append(m.architecture(v, feedForward), tokenizer(v)...)
	return gguf.File{Pairs: pairs, Tensors: tensors(v, steps, feedForward)}
}

// architecture holds the keys that describe the network.
func (m Model) architecture(v *vocabulary, feedForward int) []gguf.Pair {
	name, _, _ := strings.Cut(m.Name, ":")
	pairs := []gguf.Pair{
		{Key: "general.architecture", Value: "llama"},
		{Key: "general.name", Value: name + " (tiny stand-in)"},
		{Key: "general.file_type", Value: fileTypeF16},
		{Key: "general.quantization_version", Value: uint32(2)},
		{Key: "llama.context_length", Value: uint32(contextLength)},
		{Key: "llama.embedding_length", Value: uint32(width)},
		{Key: "llama.block_count", Value: uint32(blockCount)},
		{Key: "llama.feed_forward_length", Value: uint32(feedForward)},
		{Key: "llama.attention.head_count", Value: uint32(heads)},
		{Key: "llama.attention.head_count_kv", Value: uint32(heads)},
		{Key: "llama.attention.layer_norm_rms_epsilon", Value: float32(1e-5)},
		{Key: "llama.rope.dimension_count", Value: uint32(width / heads)},
		{Key: "llama.rope.freq_base", Value: float32(10_000)},
		{Key: "llama.vocab_size", Value: uint32(len(v.pieces))},
	}
	if m.Embeds {
		pairs = append(pairs, gguf.Pair{Key: "llama.pooling_type", Value: poolingMean})
	}
	return pairs
}

// tokenizer holds the keys that describe the vocabulary.
func tokenizer(v *vocabulary) []gguf.Pair {
	return []gguf.Pair{
		{Key: "tokenizer.ggml.model", Value: "llama"},
		{Key: "tokenizer.ggml.tokens", Value: v.pieces},
		{Key: "tokenizer.ggml.scores", Value: v.scores},
		{Key: "tokenizer.ggml.token_type", Value: v.kinds},
		{Key: "tokenizer.ggml.bos_token_id", Value: uint32(v.ids["<s>"])},
		{Key: "tokenizer.ggml.eos_token_id", Value: uint32(v.ids["</s>"])},
		{Key: "tokenizer.ggml.unknown_token_id", Value: uint32(v.ids["<unk>"])},
		{Key: "tokenizer.ggml.add_bos_token", Value: true},
		{Key: "tokenizer.ggml.add_space_prefix", Value: false},
	}
}
