/** What differs between the two families of servers. */
export interface Family {
  readonly mariadb: boolean
  /** A collation of utf8mb4 in which texts are equal only where every character is: binary, and blanks at the end count. */
  readonly exact: string
}

export function familyOf(mariadb: boolean): Family {
  return { mariadb, exact: mariadb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin' }
}
