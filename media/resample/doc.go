// Package resample changes the rate of sound between 8000, 16000, 24000, 32000 and 48000 samples
// per second.
//
// Limits: those rates (Blocks: any), one channel. Frequencies up to 88 % of half the lower rate pass within
// 0.5 dB; what would fold over is 54 dB down. It delays by Delay, 3 ms where 8000 is one of them.
//
// A polyphase filter in whole numbers: the same samples on every machine.
package resample
