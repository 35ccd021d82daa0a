package media

import (
	"hookflash/media/codec"
	"hookflash/media/graph"
	"hookflash/media/rtp"
)

// shared is what is encoded once in a tick for all who are sent the same. It belongs to a worker.
type shared []sharedEncoder

// maxShared is how many ways to encode there are; whoever agreed on yet another way encodes by itself.
const maxShared = 8

// sharedEncoder is one way to encode.
type sharedEncoder struct {
	agreed  graph.Codec // without payload type and packet time
	codec   codec.Codec
	tick    int64 // that payload is of
	size    int   // 0: it could not be encoded
	payload [packetSize]byte
}

// encode gives the payload of a frame of this tick; nil: it has to be encoded by whoever wants it.
func (s *shared) encode(agreed graph.Codec, frame []int16, tick int64) []byte {
	agreed.Payload, agreed.PacketTime = 0, 0
	for i := range *s {
		if (*s)[i].agreed == agreed {
			return (*s)[i].encode(frame, tick)
		}
	}
	if len(*s) >= maxShared {
		return nil
	}
	made, err := codec.New(agreed)
	if err != nil {
		return nil
	}
	*s = append(*s, sharedEncoder{agreed: agreed, codec: made, tick: -1})
	return (*s)[len(*s)-1].encode(frame, tick)
}

func (e *sharedEncoder) encode(frame []int16, tick int64) []byte {
	if e.tick != tick {
		n, err := e.codec.Encode(e.payload[:packetSize-rtp.HeaderSize], frame)
		if err != nil {
			n = 0
		}
		e.tick, e.size = tick, n
	}
	if e.size == 0 {
		return nil
	}
	return e.payload[:e.size]
}
