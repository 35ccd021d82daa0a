package music

import (
	"errors"
	"io"
)

// errPadding is about a mistake of the decoder: of frames of 22050 Hz with a byte of padding it takes one byte too few
// where 144 times the bit rate over 22050 is even, and what it makes of the next frames is noise.
var errPadding = errors.New("22050 Hz at this bit rate can't be decoded: make it anew with 44100 Hz")

// maxFrames of an MP3 file of 22050 Hz are looked at: more than MaxLength.
const maxFrames = 50_000

// checkFrames goes through the headers of the frames (ISO/IEC 11172-3 section 2.4.2.3, ISO/IEC 13818-3 section 2.4.2.3)
// from where the source stands, and leaves it there.
func checkFrames(source io.ReadSeeker) error {
	begin, err := source.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	found := paddingFault(source, begin)
	if _, err := source.Seek(begin, io.SeekStart); err != nil {
		return err
	}
	return found
}

// kilobits are the bit rates of MPEG-2 layer III.
var kilobits = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}

func paddingFault(source io.ReadSeeker, at int64) error {
	for range maxFrames {
		var head [4]byte
		if _, err := source.Seek(at, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.ReadFull(source, head[:]); err != nil {
			return nil
		}
		rate := kilobits[head[2]>>4] * 1000
		// The sync, MPEG-2, layer III, and 22050 Hz.
		if head[0] != 0xff || head[1]&0xfe != 0xf2 || head[2]>>2&3 != 0 || rate == 0 {
			return nil
		}
		padding := head[2] >> 1 & 1
		if padding == 1 && 144*rate/22050%2 == 0 {
			return errPadding
		}
		at += int64(72*rate/22050) + int64(padding)
	}
	return nil
}
