package main

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// nativeBuiltins are the functions that OPA's own code inside a compiled module carries out: the
// list of internal/compiler/wasm in the pinned version. A test compiles a call of each and asks
// the module whether it wants anything of its host.
var nativeBuiltins = []*ast.Builtin{
	ast.Abs, ast.All, ast.And, ast.Any, ast.ArrayConcat, ast.ArrayFlatten, ast.ArrayReverse,
	ast.ArraySlice, ast.Base64Decode, ast.Base64Encode, ast.Base64IsValid, ast.Base64UrlDecode,
	ast.Base64UrlEncode, ast.BitsAnd, ast.BitsNegate, ast.BitsOr, ast.BitsShiftLeft,
	ast.BitsShiftRight, ast.BitsXOr, ast.Ceil, ast.Concat, ast.Contains, ast.Count, ast.Divide,
	ast.EndsWith, ast.Equal, ast.Floor, ast.FormatInt, ast.GlobMatch, ast.GreaterThan,
	ast.GreaterThanEq, ast.IndexOf, ast.InternalTemplateString, ast.Intersection, ast.IsArray,
	ast.IsBoolean, ast.IsNull, ast.IsNumber, ast.IsObject, ast.IsSet, ast.IsString,
	ast.JSONFilter, ast.JSONIsValid, ast.JSONMarshal, ast.JSONRemove, ast.JSONUnmarshal,
	ast.LessThan, ast.LessThanEq, ast.Lower, ast.Max, ast.Member, ast.MemberWithKey, ast.Min,
	ast.Minus, ast.Multiply, ast.NetCIDRContains, ast.NetCIDRIntersects, ast.NetCIDROverlap,
	ast.NotEqual, ast.NumbersRange, ast.ObjectFilter, ast.ObjectGet, ast.ObjectKeys,
	ast.ObjectRemove, ast.ObjectUnion, ast.ObjectUnionN, ast.Or, ast.Plus, ast.Product,
	ast.ReachableBuiltin, ast.RegexFindAllStringSubmatch, ast.RegexIsValid, ast.RegexMatch,
	ast.RegexMatchDeprecated, ast.Rem, ast.Replace, ast.ReplaceN, ast.Round, ast.SetDiff, ast.Sort,
	ast.Split, ast.StartsWith, ast.StringReverse, ast.Substring, ast.Sum, ast.ToNumber, ast.Trim,
	ast.TrimLeft, ast.TrimPrefix, ast.TrimRight, ast.TrimSpace, ast.TrimSuffix,
	ast.TypeNameBuiltin, ast.Union, ast.Upper, ast.WalkBuiltin,
}

// erasedBuiltins are gone from the module when it is compiled: rewritten, planned or dropped.
var erasedBuiltins = []*ast.Builtin{
	ast.Assign, ast.Equality, ast.Print, ast.RegoMetadataChain, ast.RegoMetadataRule,
}

// ioBuiltins reach out of the process. Tests and the interpreter do without them too.
var ioBuiltins = map[string]bool{
	ast.HTTPSend.Name:        true,
	ast.NetLookupIPAddr.Name: true,
	ast.OPARuntime.Name:      true,
}

// engineCapabilities allow the functions that the engine has, no network and nothing else.
func engineCapabilities(hostBuiltins []string) (*ast.Capabilities, error) {
	allowed := make(map[string]bool, len(nativeBuiltins)+len(erasedBuiltins)+len(hostBuiltins))
	for _, list := range [][]*ast.Builtin{nativeBuiltins, erasedBuiltins} {
		for _, builtin := range list {
			allowed[builtin.Name] = true
		}
	}
	for _, name := range hostBuiltins {
		if _, ok := ast.BuiltinMap[name]; !ok {
			return nil, fmt.Errorf("OPA has no built-in function %s", name)
		}
		allowed[name] = true
	}
	return capabilities(func(name string) bool { return allowed[name] }), nil
}

// everyCapability is what OPA itself can do without input or output.
func everyCapability() *ast.Capabilities {
	return capabilities(func(name string) bool { return !ioBuiltins[name] })
}

func capabilities(allowed func(name string) bool) *ast.Capabilities {
	result := ast.CapabilitiesForThisVersion()
	result.Builtins = slices.DeleteFunc(result.Builtins, func(builtin *ast.Builtin) bool {
		return !allowed(builtin.Name)
	})
	// Schemas that refer to others are not fetched.
	result.AllowNet = []string{}
	return result
}

func listNative(request) (response, []byte) {
	var names []builtinName
	for _, each := range nativeBuiltins {
		names = append(names, builtinName{each.Name, each.Decl.Arity(), each.IsDeprecated()})
	}
	return response{Builtins: names}, nil
}
