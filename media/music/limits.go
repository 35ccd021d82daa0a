package music

import "time"

const (
	// Rate is of the samples of pieces, in Hz.
	Rate = 16000
	// MaxName is how many letters a name may have.
	MaxName = 63
	// MaxNames is how many pieces and playlists a folder may have.
	MaxNames = 1000
	// MaxPlaylist is how many pieces follow one another in a playlist.
	MaxPlaylist = 100
	// MaxFile is the longest file, in bytes.
	MaxFile = 512 << 20
	// MaxLength is how long a piece may be: 38 MB in memory.
	MaxLength = 20 * time.Minute
	// MaxKept is how much is kept decoded, all pieces together: 230 MB. What is beyond is not played.
	MaxKept = 2 * time.Hour
	// MaxDecoding is how long the decoding of one file may take.
	MaxDecoding = 5 * time.Minute
	// MaxChannels of a file are mixed to one.
	MaxChannels = 8

	minRate, maxRate = 4000, 192000 // of a file
	probed           = time.Second  // of a file is decoded to tell whether it can be
	maxHeaders       = 16 << 20     // bytes before the sound of an Ogg file: pictures of albums
	maxTag           = 64 << 20     // bytes of a tag before the sound of an MP3 file
)
