/** `1 row`, `2 rows`. */
export const plural = (n: number | bigint | string, noun: string): string => `${n} ${noun}${String(n) === '1' ? '' : 's'}`
