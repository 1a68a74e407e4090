/*
 * A stand-in for miniaudio with the declarations that llama.cpp compiles against.
 *
 * Ollama's Go module comes without llama.cpp's vendored headers. nlohmann/json and
 * stb are Debian packages; miniaudio is not, and is used only to decode sound that
 * is sent to a model. Here every decoder refuses to open.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef int ma_result;
typedef uint64_t ma_uint64;
typedef struct { int none; } ma_decoder;
typedef struct { int none; } ma_decoder_config;

enum { MA_SUCCESS = 0, MA_NOT_IMPLEMENTED = -29 };
enum { ma_format_f32 = 5 };

static inline ma_decoder_config ma_decoder_config_init(int, uint32_t, uint32_t) { return {}; }
static inline ma_result ma_decoder_init_memory(const void *, size_t, const ma_decoder_config *, ma_decoder *) { return MA_NOT_IMPLEMENTED; }
static inline ma_result ma_decoder_get_length_in_pcm_frames(ma_decoder *, ma_uint64 *) { return MA_NOT_IMPLEMENTED; }
static inline ma_result ma_decoder_read_pcm_frames(ma_decoder *, void *, ma_uint64, ma_uint64 *) { return MA_NOT_IMPLEMENTED; }
static inline ma_result ma_decoder_uninit(ma_decoder *) { return MA_SUCCESS; }
