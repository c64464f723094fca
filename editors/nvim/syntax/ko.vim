" Colours without the server: what can be told from the text alone.
if exists('b:current_syntax')
  finish
endif

syntax match koName /\<\h\w*\>/ contains=koImport,koBoolean
syntax match koCall /\<\h\w*\ze\s*[(\[]/
syntax match koLabel /\<\h\w*\ze\s*:/ contains=koReturn,koOrder
syntax match koOrder /\<\%(_\w*\|after\w*\|\w\+_\)\ze\s*:/ contained
syntax match koReturn /\<return\ze\s*:/ contained
syntax match koFunction /^\h\w*\ze\s*(/
syntax match koMonadic /?/
syntax match koBoolean /\<\%(true\|false\)\>\ze\%(\s*[.(\[]\)\@!/ contained
syntax match koImport /\<\%(import\|use\)\>\ze\s*["`]/
syntax match koAs /\%(["`]\s*\)\@<=\<as\>/
syntax match koNumber /\<\d[0-9_]*\%(\.\d*\)\=\%([eE][+-]\=\d\+\)\=/
syntax match koNumber /\<0[xX]\x\+\>/
syntax match koNumber /\%(\w\)\@<!\.\d\+\%([eE][+-]\=\d\+\)\=/
syntax match koEscape /\\\%([abfnrtv\\"]\|\o\{3}\|x\x\{2}\|u\x\{4}\|U\x\{8}\)/ contained
syntax region koString start=/"/ skip=/\\./ end=/"\|$/ contains=koEscape
syntax region koRawString start=/`/ end=/`/
syntax match koCurlyQuote /[\u201c\u201d\u2018\u2019]/
syntax keyword koTodo TODO FIXME XXX contained
syntax match koComment ,//.*$, contains=koTodo,@Spell
syntax region koComment start=,/\*, end=,\*/, contains=koTodo,@Spell

highlight default link koCall Function
highlight default link koFunction Function
highlight default link koLabel Identifier
highlight default link koOrder Special
highlight default link koReturn Keyword
highlight default link koImport Include
highlight default link koAs Include
highlight default link koMonadic Operator
highlight default link koBoolean Boolean
highlight default link koNumber Number
highlight default link koString String
highlight default link koRawString String
highlight default link koEscape SpecialChar
highlight default link koCurlyQuote Error
highlight default link koComment Comment
highlight default link koTodo Todo

let b:current_syntax = 'ko'
