from tortoise import migrations
from tortoise.migrations import operations as ops
from market.orders.rules import PaymentMethod
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('market', '0002_guards'), ('sellers', '0001_initial'), ('sellers', '0002_guards')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Order',
            name='source',
            field=fields.CharField(db_default='shop', max_length=20),
        ),
        ops.AlterField(
            model_name='OrderPart',
            name='method',
            field=fields.CharEnumField(description='BANK_QR: bank_qr\nCASH_ON_DELIVERY: cod\nCARD: card\nCHANNEL: channel', enum_type=PaymentMethod, max_length=10),
        ),
    ]
