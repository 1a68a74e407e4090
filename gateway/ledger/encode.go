package ledger

import (
	"encoding/binary"
	"math"
	"time"
)

// version of the encoding: the first byte of each record's content. A record of another version is kept aside, never guessed at.
const version = 1

// kind is the second byte of a record's content: what the record says about its event.
type kind uint8

const (
	// intent: the event has begun.
	intent kind = 1 + iota
	// checkpoint: how far the event has got. It takes the place of the intent.
	checkpoint
	// final: the event is over.
	final
)

// Bits of an event's flags.
const (
	flagStream = 1 << iota
	flagCacheHit
	flagUsage
	flagEstimated
	flagPriced
)

// appendContent appends the content of a record: version, kind, ID, then the event's fields in a fixed order, numbers as varints and
// texts with their lengths. Everything is bounded here, so that nothing a client chooses can make a record that no database takes.
func appendContent(b []byte, k kind, e *Event) []byte {
	b = append(b, version, byte(k))
	b = append(b, e.ID[:]...)
	b = binary.AppendVarint(b, e.Start.UnixMicro())
	b = append(b, byte(e.State), flagsOf(e))
	b = appendText(b, e.RequestID, maxShort)
	b = appendText(b, e.KeyID, maxShort)
	b = appendText(b, e.Key, maxObject)
	b = appendText(b, e.User, maxName)
	b = appendText(b, e.Operation, maxShort)
	b = appendText(b, e.Model, maxName)
	b = appendText(b, e.Alias, maxObject)
	b = appendText(b, e.Target, maxObject)
	b = appendText(b, e.Provider, maxObject)
	b = appendText(b, e.UpstreamModel, maxName)
	b = appendNumber(b, int64(min(e.Attempts, math.MaxInt32)))
	b = appendNumber(b, int64(min(e.Status, math.MaxInt32)))
	b = appendNumber(b, e.Usage.InputTokens)
	b = appendNumber(b, e.Usage.CachedInputTokens)
	b = appendNumber(b, e.Usage.CacheWriteTokens)
	b = appendNumber(b, e.Usage.OutputTokens)
	b = appendNumber(b, e.Usage.ReasoningTokens)
	b = appendNumber(b, int64(e.Cost))
	b = appendNumber(b, int64(e.FirstByte/time.Microsecond))
	b = appendNumber(b, int64(e.Duration/time.Microsecond))
	return appendBudgets(b, e.Budgets)
}

func appendBudgets(b []byte, budgets []string) []byte {
	budgets = budgets[:min(len(budgets), maxBudgets)]
	b = binary.AppendUvarint(b, uint64(len(budgets)))
	for _, subject := range budgets {
		b = appendText(b, subject, maxSubject)
	}
	return b
}

func flagsOf(e *Event) byte {
	return bit(e.Stream, flagStream) | bit(e.CacheHit, flagCacheHit) | bit(e.Usage.Known, flagUsage) |
		bit(e.Estimated, flagEstimated) | bit(e.Priced, flagPriced)
}

func bit(set bool, flag byte) byte {
	if set {
		return flag
	}
	return 0
}

func appendText(b []byte, s string, most int) []byte {
	s = clean(s, most)
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// appendNumber takes what an upstream counted below zero for nothing.
func appendNumber(b []byte, n int64) []byte { return binary.AppendUvarint(b, uint64(max(n, 0))) }
