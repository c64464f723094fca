/**
 * @file The grammar of Ko, for editors that colour, fold and indent with tree-sitter.
 * @license MIT OR Apache-2.0
 *
 * It follows the parser of the language server (`syntax/src/grammar`), which decides in doubt: what that accepts, this
 * accepts with the same functions, steps and calls (`tests/agreement.rs`). What a grammar cannot say (a function needs a
 * `return`, a number has to fit) this accepts; the server reports it.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

/** Digits with at most one underscore between two of them. */
const digits = '[0-9](_?[0-9])*';
const hexDigits = '[0-9a-fA-F](_?[0-9a-fA-F])*';
const exponent = `[eE][+-]?${digits}`;
const binaryExponent = `[pP][+-]?${digits}`;

/** Elements between brackets: separators and comments stand anywhere, a separator has to stand between two elements. */
const list = ($, element) => seq(optional($._leading), optional(elements($, element)));

/** As `list`, without what may stand before the first element. */
const elements = ($, element) =>
  seq(element, repeat(seq($._break, element)), optional($._trailing));

/** The terms of a list: all have labels, or none. */
const terms = $ =>
  seq(optional($._leading), optional(choice(elements($, $.argument), elements($, $.value))));

/** A function and the calls, augmentations and selections behind it. */
const functionChain = $ =>
  choice(
    $.function,
    alias($._function_call, $.call),
    alias($._function_augmentation, $.augmentation),
    alias($._function_selection, $.selection),
  );

module.exports = grammar({
  name: 'ko',

  // Only blanks mean nothing: a comment or a line end may end a value (specification, section 2).
  extras: () => [/[ \t\r]/],

  word: $ => $.identifier,

  supertypes: $ => [$.value],

  inline: $ => [$._separator, $._comment, $._head],

  conflicts: $ => [
    // `f(a, b` starts a function or a call: what stands behind the bracket tells.
    [$.parameter, $.value],
  ],

  rules: {
    source_file: $ =>
      repeat(choice($._separator, $._comment, $.import, alias($._top_function, $.function))),

    // `import`, `use` and `as` are words only here: Ko has no reserved words.
    import: $ =>
      seq(
        choice('import', 'use'),
        field('path', choice($.string, $.raw_string)),
        optional(seq('as', field('alias', $.identifier))),
      ),

    _top_function: $ =>
      seq(
        field('name', choice($.identifier, alias(choice('import', 'use'), $.identifier))),
        field('parameters', $.parameters),
        field('body', $.body),
      ),

    function: $ =>
      seq(field('name', $.identifier), field('parameters', $.parameters), field('body', $.body)),

    parameters: $ => seq('(', list($, $.parameter), ')'),

    parameter: $ => seq(field('name', $.identifier), optional(field('monadic', '?'))),

    body: $ => seq('{', list($, $.step), '}'),

    step: $ => seq(field('label', $.identifier), ':', $._labelled_value),

    // Only a function may start on a later line than its label.
    _labelled_value: $ =>
      choice(
        field('value', $.value),
        seq($._leading, field('value', functionChain($))),
      ),

    value: $ => $._head,

    _head: $ =>
      choice(
        $.identifier,
        $.integer,
        $.float,
        $.string,
        $.raw_string,
        $.function,
        $.call,
        $.augmentation,
        $.selection,
      ),

    // Without a function it is the empty operator, which makes sequences and structures: `(1, 2)`.
    call: $ => seq(optional(field('function', $._head)), field('arguments', $.arguments)),

    augmentation: $ =>
      seq(
        optional(field('function', $._head)),
        field('arguments', alias($._augmented_arguments, $.arguments)),
      ),

    selection: $ => seq(field('value', $._head), '.', field('field', $.identifier)),

    _function_call: $ =>
      seq(field('function', functionChain($)), field('arguments', $.arguments)),

    _function_augmentation: $ =>
      seq(
        field('function', functionChain($)),
        field('arguments', alias($._augmented_arguments, $.arguments)),
      ),

    _function_selection: $ =>
      seq(field('value', functionChain($)), '.', field('field', $.identifier)),

    arguments: $ => seq('(', terms($), ')'),

    _augmented_arguments: $ => seq('[', terms($), ']'),

    // A term with a label. One without is just its value.
    argument: $ => seq(field('label', $.identifier), ':', $._labelled_value),

    _leading: $ => repeat1(choice($._separator, $._comment)),
    _break: $ =>
      seq(optional($._comments), $._separator, repeat(choice($._separator, $._comment))),
    _trailing: $ => choice($._break, $._comments),
    _comments: $ => repeat1($._comment),

    // A line end is no node of the tree, so that queries see comments on consecutive lines as neighbours.
    _separator: $ => choice($._newline, ',', ';'),
    _newline: () => /\n/,
    _comment: $ => choice($.line_comment, $.block_comment),

    line_comment: () => token(/\/\/[^\n]*/),
    block_comment: () => token(/\/\*[^*]*\*+([^/*][^*]*\*+)*\//),

    // Letters are Unicode category L, digits Nd (specification, section 1.1).
    identifier: () => /[\p{L}_][\p{L}\p{Nd}_]*/,

    integer: $ => seq(optional('-'), $._integer),
    float: $ => seq(optional('-'), $._float),

    _integer: () =>
      token(
        new RegExp(`${digits}|0[xX]_?${hexDigits}|0[bB]_?[01](_?[01])*|0[oO]_?[0-7](_?[0-7])*`),
      ),
    _float: () =>
      token(
        new RegExp(
          [
            `${digits}\\.(${digits})?(${exponent})?`,
            `\\.${digits}(${exponent})?`,
            `${digits}${exponent}`,
            `0[xX]_?${hexDigits}(\\.(${hexDigits})?)?${binaryExponent}`,
            `0[xX]\\.${hexDigits}${binaryExponent}`,
          ].join('|'),
        ),
      ),

    string: $ =>
      seq('"', repeat(choice($.string_content, $.escape_sequence)), token.immediate('"')),
    string_content: () => token.immediate(prec(1, /[^"\\\n]+/)),
    // Octal escapes up to 377; `\u` and `\U` for all characters, of which surrogates are none.
    escape_sequence: () =>
      token.immediate(
        new RegExp(
          '\\\\(' +
            [
              '[abfnrtv\\\\"]',
              '[0-3][0-7]{2}',
              'x[0-9a-fA-F]{2}',
              'u([0-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})',
              'U0000([0-9a-cA-CefEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})',
              'U00(0[1-9a-fA-F]|10)[0-9a-fA-F]{4}',
            ].join('|') +
            ')',
        ),
      ),

    raw_string: () => token(/`[^`]*`/),
  },
});
