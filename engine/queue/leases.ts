/** Seconds that the reservation of a single ETL outlives a worker that died. Its redelivered job has the same refresh and need not wait. */
export const singleLease = 60

/** The same for a whole refresh, whose next ETL may wait long for a free worker. */
export const refreshLease = 900
