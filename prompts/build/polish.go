package main

import (
	"errors"
	"io"
	"math"

	"hookflash/media/wav"
	"hookflash/prompts"
)

// What a prompt is made to be.
const (
	peak    = 18000 // of the loudest sample: 5 dB below the most
	quiet   = 200   // the loudest sample of silence
	before  = prompts.Rate / 50
	after   = prompts.Rate / 12 // words that are put together need a gap
	reach   = 48                // samples out to each side that the filter takes
	passing = 0.92              // of half the lower rate
)

// polish reads a file of any rate, and gives what is said in it at the rate and the loudness of prompts, without the
// silence around it.
func polish(source io.Reader) ([]int16, error) {
	reader, err := wav.NewReader(source)
	if err != nil {
		return nil, err
	}
	var samples []int16
	block := make([]int16, 4096)
	for {
		n, err := reader.Read(block)
		samples = append(samples, block[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return loud(trim(resample(samples, reader.Rate()))), nil
}

// resample changes the rate by a windowed sinc.
func resample(in []int16, rate int) []float64 {
	divisor := gcd(rate, prompts.Rate)
	up, down := prompts.Rate/divisor, rate/divisor
	span := int(reach * max(1, float64(rate)/prompts.Rate))
	kernels := make([][]float64, up) // by the place between two samples in
	for i := range kernels {
		kernels[i] = kernel(float64(i*down%up)/float64(up), span, min(1, prompts.Rate/float64(rate)))
	}
	out := make([]float64, len(in)*up/down)
	for i := range out {
		first := i*down/up - span + 1
		for j, weight := range kernels[i%up] {
			if at := first + j; at >= 0 && at < len(in) {
				out[i] += weight * float64(in[at])
			}
		}
	}
	return out
}

// kernel are the weights of the samples around a place, of which it is so far behind the middle one.
func kernel(behind float64, span int, lower float64) []float64 {
	weights := make([]float64, 2*span)
	cut := passing * lower
	for i := range weights {
		x := float64(i-span+1) - behind
		window := math.Cos(math.Pi / 2 * x / float64(span))
		weights[i] = cut * window * window
		if x != 0 {
			weights[i] *= math.Sin(math.Pi*cut*x) / (math.Pi * cut * x)
		}
	}
	return weights
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}

// trim takes the silence off both ends, but for a little.
func trim(samples []float64) []float64 {
	first, last := len(samples), 0
	for i, sample := range samples {
		if math.Abs(sample) > quiet {
			first, last = min(first, i), i
		}
	}
	if first > last {
		return nil
	}
	end := last + 1 + after
	for len(samples) < end {
		samples = append(samples, 0)
	}
	return samples[max(0, first-before):end]
}

func loud(samples []float64) []int16 {
	most := 1.0
	for _, sample := range samples {
		most = max(most, math.Abs(sample))
	}
	out := make([]int16, len(samples))
	for i, sample := range samples {
		out[i] = int16(math.Round(sample * peak / most))
	}
	return out
}
