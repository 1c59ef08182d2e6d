const JOINTS = /_+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u;

/** The words inside a name such as `order_items`, `orderItems` or `address2`; the whole name when it has no joint. */
export function splitIdentifier(name: string): string[] {
  return name.split(JOINTS).filter((part) => part !== '');
}
