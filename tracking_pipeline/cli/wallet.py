"""``tracking wallet``: the id under which the lake knows a wallet."""

from typing import Annotated

import typer

from ingest_api.addresses import wallet_of
from ingest_api.settings import load_settings
from ingest_api.wallets import wallet_id


def wallet(address: Annotated[str, typer.Argument(help="Address: EVM, Solana, Bitcoin, Tron or Sui")]) -> None:
    """Print the id of an address, as `events.wallets` holds it; only who can read the install's key can do that.

    Exits 1 when it is no valid address.
    """
    found = wallet_of(address)
    if found is None:
        typer.echo("This is no valid address of EVM, Solana, Bitcoin, Tron or Sui.", err=True)
        raise typer.Exit(1)
    typer.echo(wallet_id(found, load_settings().keys.wallet_key))
