"""The account under which this service speaks to Google, as its key file states it."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator


class ServiceAccount(BaseModel):
    """What is needed of a service account's key file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    #: It becomes a part of a path.
    project_id: str = Field(pattern=r"^[a-z0-9.:-]{1,100}$")
    client_email: str = Field(min_length=1)
    private_key_id: str | None = None
    private_key: SecretStr
    token_uri: str = Field(pattern=r"^https?://[^/]")

    @field_validator("private_key")
    @classmethod
    def _readable_key(cls, key: SecretStr) -> SecretStr:
        try:
            loaded = load_pem_private_key(key.get_secret_value().encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("is no PEM key") from error
        if not isinstance(loaded, RSAPrivateKey):
            raise ValueError("is no RSA key")  # noqa: TRY004 # pydantic's way to say so
        return key


def service_account(key_file: bytes) -> ServiceAccount:
    """The account of a key file; ValueError names what is missing or malformed there, never its value."""
    try:
        return ServiceAccount.model_validate_json(key_file)
    except ValidationError as error:
        faulty = sorted({".".join(str(part) for part in fault["loc"]) for fault in error.errors()})
        raise ValueError(f"is no service account's key file: {', '.join(filter(None, faulty))}") from None
