"""KEEPS SECRETS: anonymous interest, partners found without counts, and the gate that alone may speak of them.

What belongs here: keys and tokens, the sealed store, receipts, the release gate with its ledger, cards and
introductions, the exports of interest. What must not come in: a notice, a score, a letter, a clock, a log line. No room
but `pipelines` and `portal` imports this one, and it imports no room: a declaration changes nobody's digest because
nothing that writes a digest can see it.

Three roles, each with its own folder and keys under the room's folder:

    public/     the manifest of keys, the policy, the cluster's mode, the trusted day: anybody may read it
    issuer/     knows members, signs blindly (blind mode)                        interest.issuer
    vault/      the web process: one nullifier key per lot (vault mode)          interest.vault
    collector/  the sealed store, which names neither members nor lots           interest.store, interest.collector
    gate/       the only place whose keys open the sealed store                  interest.gate
"""
