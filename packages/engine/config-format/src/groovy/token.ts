export interface Token {
  readonly kind: string;
  readonly text: string;
  readonly offset: number;
  /** Whether a line ends between the token before and this one. */
  readonly isFirstOfLine: boolean;
  /** The names and dots of a `$a.b` in a string. */
  readonly path?: readonly Token[];
}

/** Longest first. */
export const OPERATORS: readonly (readonly [text: string, kind: string])[] = [
  ['>>>=', 'UnsignedRightShiftAssign'],
  ['...', 'Ellipsis'],
  ['..<', 'HalfOpenRight'],
  ['==~', 'Match'],
  ['===', 'IdentityEqual'],
  ['!==', 'IdentityNotEqual'],
  ['<=>', 'Spaceship'],
  ['<<=', 'LeftShiftAssign'],
  ['>>=', 'RightShiftAssign'],
  ['**=', 'PowerAssign'],
  ['>>>', 'UnsignedRightShift'],
  ['->', 'Arrow'],
  ['::', 'MethodRef'],
  ['?.', 'SafeNav'],
  ['?:', 'Elvis'],
  ['?=', 'ElvisAssign'],
  ['?[', 'SafeIndex'],
  ['*.', 'Spread'],
  ['.@', 'FieldAccess'],
  ['.&', 'MethodPointer'],
  ['..', 'Range'],
  ['=~', 'Regex'],
  ['==', 'Equal'],
  ['!=', 'NotEqual'],
  ['<=', 'LtEqual'],
  ['>=', 'GtEqual'],
  ['&&', 'And'],
  ['||', 'Or'],
  ['++', 'Inc'],
  ['--', 'Dec'],
  ['+=', 'PlusAssign'],
  ['-=', 'MinusAssign'],
  ['*=', 'StarAssign'],
  ['/=', 'DivAssign'],
  ['%=', 'ModAssign'],
  ['&=', 'AndAssign'],
  ['|=', 'OrAssign'],
  ['^=', 'XorAssign'],
  ['**', 'Power'],
  ['<<', 'LeftShift'],
  ['>>', 'RightShift'],
  ['=', 'Assign'],
  ['<', 'Lt'],
  ['>', 'Gt'],
  ['+', 'Plus'],
  ['-', 'Minus'],
  ['*', 'Star'],
  ['/', 'Div'],
  ['%', 'Mod'],
  ['!', 'Not'],
  ['~', 'BitwiseNot'],
  ['&', 'BitwiseAnd'],
  ['|', 'BitwiseOr'],
  ['^', 'BitwiseXor'],
  ['?', 'Question'],
  [':', 'Colon'],
  [';', 'Semi'],
  [',', 'Comma'],
  ['.', 'Dot'],
  ['@', 'At'],
  ['(', 'LParen'],
  [')', 'RParen'],
  ['{', 'LBrace'],
  ['}', 'RBrace'],
  ['[', 'LBrack'],
  [']', 'RBrack'],
];

export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'abstract as assert boolean break byte case catch char class continue def default do double else enum extends final ' +
    'finally float for if implements import in instanceof int interface long native new package private protected public ' +
    'return short static strictfp super switch synchronized this throw throws trait transient try var void volatile while'
  ).split(' '),
);

/** After these a `/` divides; after anything else it begins a string. */
export const OPERAND_ENDS: ReadonlySet<string> = new Set([
  'Identifier',
  'CapitalizedIdentifier',
  'IntLiteral',
  'FloatLiteral',
  'BoolLiteral',
  'NullLiteral',
  'StringLiteral',
  'GStringFull',
  'GStringEnd',
  'SlashyStringLit',
  'DollarSlashyStringLit',
  'RParen',
  'RBrack',
  'RBrace',
  'KwThis',
  'KwSuper',
  'Inc',
  'Dec',
]);
