// The doors of the reactor: JSON in, JSON and bytes out, through the module's own memory.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"unsafe"
)

// A build makes much garbage and little that stays: collecting late makes it a fifth faster.
const (
	garbagePercent = 400
	memoryLimit    = 512 << 20
)

func init() {
	debug.SetGCPercent(garbagePercent)
	debug.SetMemoryLimit(memoryLimit)
}

// buffers keeps what the host holds addresses of away from the garbage collector.
var buffers = map[uint32][]byte{}

//go:wasmexport allocate
func allocate(size uint32) uint32 {
	return hold(make([]byte, size, size+1))
}

//go:wasmexport release
func release(address uint32) {
	delete(buffers, address)
}

// call answers the request at address with the address (high half) and length of a buffer: the
// length of the JSON as 32 little-endian bits, the JSON, then bytes that belong to it. The host
// releases both buffers.
//
//go:wasmexport call
func call(address, size uint32) uint64 {
	answer, attachment := respond(buffers[address][:size])
	header, err := json.Marshal(answer)
	if err != nil {
		header, _ = json.Marshal(response{Failure: err.Error()})
		attachment = nil
	}
	frame := make([]byte, 4, 4+len(header)+len(attachment))
	binary.LittleEndian.PutUint32(frame, uint32(len(header)))
	frame = append(append(frame, header...), attachment...)
	return uint64(hold(frame))<<32 | uint64(len(frame))
}

func hold(buffer []byte) uint32 {
	address := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(buffer))))
	buffers[address] = buffer
	return address
}

// respond reports a panic to the host, which then uses this instance no more.
func respond(bytes []byte) (answer response, attachment []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			answer, attachment = response{Panic: fmt.Sprint(cause)}, nil
		}
	}()
	var r request
	if err := json.Unmarshal(bytes, &r); err != nil {
		return response{Failure: err.Error()}, nil
	}
	operation, ok := map[string]func(request) (response, []byte){
		"annotations": describe,
		"build":       build,
		"builtins":    listNative,
		"evaluate":    evaluate,
		"evaluateAll": evaluateAll,
		"explain":     explain,
		"format":      layOut,
		"packages":    packages,
		"test":        test,
	}[r.Operation]
	if !ok {
		return response{Failure: fmt.Sprintf("unknown operation %q", r.Operation)}, nil
	}
	return operation(r)
}

func main() {}
