/* Why a question has no answer. Whatever is thrown that is neither of these is a mistake of ours. */

/** It could not be found out; that says nothing against the credential. The message is a sentence for people. */
export class Unchecked extends Error {}

/** It was found out, and it is wrong. The message is a sentence for people. */
export class Refuted extends Error {}
